import "@fontsource-variable/inter/wght.css";
import "./design/mantine";
import "./design/global.css";

import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { theme, variables } from "./design/theme";
import { nonce } from "./nonce";
import { ConfirmProvider } from "./parts/Confirm";
import { Said } from "./parts/say";
import { queries } from "./queries";
import { router } from "./routes";
import { configureClient } from "./service/client";
import { sessions } from "./service/session";
import { uploads } from "./service/upload";

setNonce(nonce());
configureClient();
sessions.onOther = () => {
  queries.clear();
  uploads.drop();
};

const scheme = localStorageColorSchemeManager({ key: "lookalike-scheme" });
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={scheme}
      defaultColorScheme="auto"
      getStyleNonce={nonce}
      // the provider writes them all; the style sheet that would hold the defaults is left out
      deduplicateCssVariables={false}
    >
      <QueryClientProvider client={queries}>
        <ConfirmProvider>
          <RouterProvider router={router} />
        </ConfirmProvider>
        <Said />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
