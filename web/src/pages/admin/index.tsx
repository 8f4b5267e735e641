import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function AdminPage(): ReactNode {
  return <PageHead title={shared.nav.admin} />;
}
