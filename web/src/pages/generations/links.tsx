/** Ways from here to elsewhere. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { generations as words } from "@/strings/generations";

export function ToModels(): ReactNode {
  return (
    <Button component={Link} to="/models" variant="default">
      {words.empty.toModels}
    </Button>
  );
}
