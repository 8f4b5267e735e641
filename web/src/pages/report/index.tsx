import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function ModelReportPage(): ReactNode {
  return <PageHead title={shared.nav.generations} />;
}

export function GenerationReportPage(): ReactNode {
  return <PageHead title={shared.nav.generations} />;
}
