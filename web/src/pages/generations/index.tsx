import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function GenerationsPage(): ReactNode {
  return <PageHead title={shared.nav.generations} />;
}

export function NewGenerationPage(): ReactNode {
  return <PageHead title={shared.nav.generations} />;
}

export function GenerationPage(): ReactNode {
  return <PageHead title={shared.nav.generations} />;
}
