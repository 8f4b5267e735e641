/** All words of the page, a file for what belongs together. */
export { shared } from "./shared";
export { signIn } from "./sign-in";
