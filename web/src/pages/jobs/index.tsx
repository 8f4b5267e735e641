import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function JobsPage(): ReactNode {
  return <PageHead title={shared.nav.jobs} />;
}

export function JobPage(): ReactNode {
  return <PageHead title={shared.nav.jobs} />;
}
