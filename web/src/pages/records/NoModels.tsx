/** Where no alias is defined: who can, and where. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { Empty } from "@/parts/Empty";
import { atLeast } from "@/parts/Guard";
import { ModelIcon } from "@/parts/icons";
import { useUser } from "@/service/use-session";
import { records } from "@/strings/records";

const words = records.noModels;

export function NoModels(): ReactNode {
  const { role } = useUser();
  return (
    <Empty
      icon={<ModelIcon size={22} />}
      title={words.title}
      next={
        atLeast(role, "admin") ? (
          <Button component={Link} to="/admin/providers">
            {words.next}
          </Button>
        ) : undefined
      }
    >
      {words.says}
    </Empty>
  );
}
