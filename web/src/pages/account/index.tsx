import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function AccountPage(): ReactNode {
  return <PageHead title={shared.nav.account} />;
}
