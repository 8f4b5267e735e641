import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function DatasetsPage(): ReactNode {
  return <PageHead title={shared.nav.datasets} />;
}

export function DatasetPage(): ReactNode {
  return <PageHead title={shared.nav.datasets} />;
}
