/** Which address shows which page. Each is a module of its own in pages/, loaded when it is first shown. */
import type { ReactNode } from "react";
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";

import { SignedIn } from "./parts/Guard";
import { Shell } from "./parts/Shell";
import { Uploading } from "./parts/Uploading";
import { Waiting } from "./parts/Waiting";
import { NotFound } from "./pages/start/NotFound";
import { shared } from "./strings";

type PageModule = Record<string, unknown>;

/** A page's module, and which of its exports is the page. */
function page(load: () => Promise<PageModule>, name: string): Pick<RouteObject, "lazy"> {
  return { lazy: async () => ({ Component: (await load())[name] as () => ReactNode }) };
}

const loading = { HydrateFallback: () => <Waiting for={shared.waiting.page} whole /> };

export const router = createBrowserRouter([
  { path: "/sign-in", ...loading, ...page(() => import("./pages/sign-in"), "SignInPage") },
  { path: "/register", ...loading, ...page(() => import("./pages/sign-in"), "RegisterPage") },
  { path: "/setup", ...loading, ...page(() => import("./pages/sign-in"), "SetupPage") },
  { path: "/", ...loading, ...page(() => import("./pages/start"), "StartPage") },
  {
    ...loading,
    element: (
      <SignedIn>
        <Shell beside={<Uploading />} />
      </SignedIn>
    ),
    children: [
      { path: "datasets", ...page(() => import("./pages/datasets/DatasetsPage"), "DatasetsPage") },
      {
        path: "datasets/:datasetId",
        ...page(() => import("./pages/datasets/DatasetPage"), "DatasetPage"),
      },
      { path: "models", ...page(() => import("./pages/models/ModelsPage"), "ModelsPage") },
      { path: "models/new", ...page(() => import("./pages/models/NewModelPage"), "NewModelPage") },
      { path: "models/:modelId", ...page(() => import("./pages/models/ModelPage"), "ModelPage") },
      {
        path: "models/:modelId/report",
        ...page(() => import("./pages/report"), "ModelReportPage"),
      },
      {
        path: "generation",
        ...page(() => import("./pages/generations/GenerationsPage"), "GenerationsPage"),
      },
      {
        path: "generation/new",
        ...page(() => import("./pages/generations/NewGenerationPage"), "NewGenerationPage"),
      },
      {
        path: "generation/:generationId",
        ...page(() => import("./pages/generations/GenerationPage"), "GenerationPage"),
      },
      {
        path: "generation/:generationId/report",
        ...page(() => import("./pages/report"), "GenerationReportPage"),
      },
      { path: "records", ...page(() => import("./pages/records/RecordsPage"), "RecordsPage") },
      {
        path: "records/new",
        ...page(() => import("./pages/records/NewRecordsPage"), "NewRecordsPage"),
      },
      {
        path: "records/:jobId",
        ...page(() => import("./pages/records/RecordJobPage"), "RecordJobPage"),
      },
      { path: "jobs", ...page(() => import("./pages/jobs/JobsPage"), "JobsPage") },
      { path: "jobs/:jobId", ...page(() => import("./pages/jobs/JobPage"), "JobPage") },
      {
        path: "admin",
        ...page(() => import("./pages/admin/AdminPage"), "AdminPage"),
        children: [
          { path: "users", ...page(() => import("./pages/admin/Users"), "Users") },
          { path: "workers", ...page(() => import("./pages/admin/Workers"), "Workers") },
          { path: "providers", ...page(() => import("./pages/admin/Providers"), "Providers") },
          { path: "audit", ...page(() => import("./pages/admin/Audit"), "Audit") },
          { path: "storage", ...page(() => import("./pages/admin/Storage"), "Storage") },
          { index: true, element: <Navigate to="/admin/users" replace /> },
          { path: "*", element: <Navigate to="/admin/users" replace /> },
        ],
      },
      { path: "account", ...page(() => import("./pages/account"), "AccountPage") },
      { path: "home", element: <Navigate to="/datasets" replace /> },
      { path: "*", element: <NotFound /> },
    ],
  },
]);
