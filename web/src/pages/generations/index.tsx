export { GenerationPage } from "./GenerationPage";
export { GenerationsPage } from "./GenerationsPage";
export { NewGenerationPage } from "./NewGenerationPage";
