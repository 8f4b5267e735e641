import type { ReactNode } from "react";

import { PageHead } from "@/parts/PageHead";
import { shared } from "@/strings";

export function ModelsPage(): ReactNode {
  return <PageHead title={shared.nav.models} />;
}

export function NewModelPage(): ReactNode {
  return <PageHead title={shared.nav.models} />;
}

export function ModelPage(): ReactNode {
  return <PageHead title={shared.nav.models} />;
}
