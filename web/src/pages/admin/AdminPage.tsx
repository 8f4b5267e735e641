/** What administrators see: people, work, what was done, what is kept. A part of it per address. */
import type { ReactNode } from "react";
import { NavLink, Outlet } from "react-router";

import { Needs } from "@/parts/Guard";
import { PageHead } from "@/parts/PageHead";
import { admin as words } from "@/strings/admin";

import css from "./admin.module.css";

const TABS = ["users", "workers", "providers", "audit", "storage"] as const;

export function AdminPage(): ReactNode {
  return (
    <Needs role="admin">
      <PageHead title={words.title} says={words.says} />
      <nav className={css.tabs} aria-label={words.nav}>
        {TABS.map((tab) => (
          <NavLink key={tab} to={`/admin/${tab}`}>
            {words.tabs[tab]}
          </NavLink>
        ))}
      </nav>
      <Outlet />
    </Needs>
  );
}
