/** What stands around every page: where one can go, who one is, the colours. */
import {
  Button,
  Drawer,
  Menu,
  SegmentedControl,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useRef, type ReactNode } from "react";
import { Link, NavLink, Outlet, useLocation, useNavigate } from "react-router";

import { logout } from "@/api";
import { sessions } from "@/service/session";
import { useUser } from "@/service/use-session";
import { shared } from "@/strings";

import { Broken } from "./Broken";
import { atLeast } from "./Guard";
import {
  AccountIcon,
  AdminIcon,
  JobsIcon,
  LeaveIcon,
  MenuIcon,
  ModelIcon,
  RecordsIcon,
  RowsIcon,
  TableIcon,
} from "./icons";
import { Mark } from "./Mark";
import css from "./shell.module.css";
import { Waiting } from "./Waiting";

const PLACES = [
  { to: "/datasets", label: shared.nav.datasets, icon: <TableIcon /> },
  { to: "/models", label: shared.nav.models, icon: <ModelIcon /> },
  { to: "/generation", label: shared.nav.generations, icon: <RowsIcon /> },
  { to: "/records", label: shared.nav.records, icon: <RecordsIcon /> },
  { to: "/jobs", label: shared.nav.jobs, icon: <JobsIcon /> },
] as const;

export async function signOut(everywhere = false): Promise<void> {
  await logout({ body: { everywhere } });
  sessions.leave("left");
}

export function Shell({ beside }: { beside?: ReactNode }): ReactNode {
  const [opened, menu] = useDisclosure(false);
  const place = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(place.pathname);

  useEffect(() => {
    if (before.current === place.pathname) return;
    before.current = place.pathname;
    menu.close();
    // a new page begins at its top, for the eye and for a screen reader
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place.pathname, menu]);

  return (
    <div className={css.shell}>
      <a className="skip" href="#main">
        {shared.skip}
      </a>
      <aside className={css.side}>
        <Home />
        <Places />
        <div className={css.foot}>
          <UserMenu />
        </div>
      </aside>
      <header className={css.bar}>
        <UnstyledButton
          className={css.burger}
          onClick={menu.open}
          aria-label={shared.menu}
          aria-expanded={opened}
        >
          <MenuIcon size={20} />
        </UnstyledButton>
        <Home />
      </header>
      <Drawer
        opened={opened}
        onClose={menu.close}
        size={272}
        title={shared.menu}
        closeButtonProps={{ "aria-label": shared.closeMenu }}
      >
        <div className={css.drawer}>
          <Places />
          <UserMenu />
        </div>
      </Drawer>
      <main id="main" ref={main} tabIndex={-1} className={css.main}>
        <Broken key={place.pathname}>
          <Suspense fallback={<Waiting for={shared.waiting.page} page />}>
            <Outlet />
          </Suspense>
        </Broken>
      </main>
      {beside}
    </div>
  );
}

function Home(): ReactNode {
  return (
    <Link to="/" className={css.home}>
      <Mark />
      <span>{shared.product}</span>
    </Link>
  );
}

function Places(): ReactNode {
  const { role } = useUser();
  return (
    <nav aria-label={shared.nav.label} className={css.nav}>
      {PLACES.map((one) => (
        <Place key={one.to} {...one} />
      ))}
      {atLeast(role, "admin") && (
        <>
          <hr className={css.rule} />
          <Place to="/admin" label={shared.nav.admin} icon={<AdminIcon />} />
        </>
      )}
    </nav>
  );
}

function Place({ to, label, icon }: { to: string; label: string; icon: ReactNode }): ReactNode {
  return (
    <NavLink to={to} className={css.place}>
      {icon}
      <span>{label}</span>
    </NavLink>
  );
}

function UserMenu(): ReactNode {
  const user = useUser();
  const navigate = useNavigate();
  return (
    <Menu position="top-start" width={240} shadow="md">
      <Menu.Target>
        <UnstyledButton className={css.user} aria-label={shared.user.menu(user.login)}>
          <span className={css.face} aria-hidden="true">
            {(user.name || user.login).slice(0, 1).toUpperCase()}
          </span>
          <span className={css.who}>
            <bdi className={css.name}>{user.name || user.login}</bdi>
            <span className={css.role}>{shared.roles[user.role]}</span>
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <SchemeChoice />
        <Menu.Divider />
        <Menu.Item leftSection={<AccountIcon />} onClick={() => void navigate("/account")}>
          {shared.user.account}
        </Menu.Item>
        <Menu.Item leftSection={<LeaveIcon />} onClick={() => void signOut()}>
          {shared.user.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function SchemeChoice(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div className={css.scheme}>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={shared.scheme.label}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as "light" | "dark" | "auto")}
        data={[
          { value: "light", label: shared.scheme.light },
          { value: "dark", label: shared.scheme.dark },
          { value: "auto", label: "Auto" },
        ]}
      />
    </div>
  );
}

export function HomeButton(): ReactNode {
  return (
    <Button component={Link} to="/datasets" variant="default">
      {shared.notFound.next}
    </Button>
  );
}
