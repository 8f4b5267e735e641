/** The nonce of this answer, for style elements that libraries make: the policy allows no others. */
export const nonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
