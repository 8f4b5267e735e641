/** All words of the page, a file for what belongs together. */
export { account } from "./account";
export { datasets } from "./datasets";
export { models } from "./models";
export { shared } from "./shared";
export { signIn } from "./sign-in";
export { things } from "./things";
