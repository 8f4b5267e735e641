/** What administrators see: people, work, what was done, what is kept. A part of it per address. */
import type { ReactNode } from "react";
import { Navigate, NavLink, Route, Routes } from "react-router";

import { Needs } from "@/parts/Guard";
import { PageHead } from "@/parts/PageHead";
import { admin as words } from "@/strings/admin";

import css from "./admin.module.css";
import { Audit } from "./Audit";
import { Providers } from "./Providers";
import { Storage } from "./Storage";
import { Users } from "./Users";
import { Workers } from "./Workers";

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
      <Routes>
        <Route path="users" element={<Users />} />
        <Route path="workers" element={<Workers />} />
        <Route path="providers" element={<Providers />} />
        <Route path="audit" element={<Audit />} />
        <Route path="storage" element={<Storage />} />
        <Route path="*" element={<Navigate to="/admin/users" replace />} />
      </Routes>
    </Needs>
  );
}
