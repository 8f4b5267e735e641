/** All models. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { useMayWrite } from "@/parts/Guard";
import { PlusIcon } from "@/parts/icons";
import { PageHead } from "@/parts/PageHead";
import { models, shared } from "@/strings";

import { ModelList } from "./ModelList";

export function ModelsPage(): ReactNode {
  return (
    <>
      <PageHead
        title={shared.nav.models}
        says={models.says}
        actions={
          useMayWrite() && (
            <Button component={Link} to="/models/new" leftSection={<PlusIcon />}>
              {models.fit}
            </Button>
          )
        }
      />
      <ModelList />
    </>
  );
}
