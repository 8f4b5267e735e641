import type { ReactNode } from "react";

import { Empty } from "@/parts/Empty";
import { SearchIcon } from "@/parts/icons";
import { useTitle } from "@/parts/PageHead";
import { HomeButton } from "@/parts/Shell";
import { shared } from "@/strings";

export function NotFound(): ReactNode {
  useTitle(shared.notFound.title);
  return (
    <div className="card">
      <Empty
        icon={<SearchIcon size={22} />}
        whole
        title={shared.notFound.title}
        next={<HomeButton />}
      >
        {shared.notFound.says}
      </Empty>
    </div>
  );
}
