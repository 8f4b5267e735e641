/** Words for what one does with one's things, whatever they are. */
export const things = {
  renameTitle: (one: string) => `Rename the ${one}`,
  newName: "Name",
  nameNeeded: "It needs a name.",
  renamed: "Renamed.",
  shareTitle: (name: string) => `Share “${name}”`,
  shareSays: "Others may look at it, but not change, share or delete it.",
  shareLogin: "Login of another user",
  shareAct: "Share",
  loginNeeded: "Enter how they sign in.",
  sharedWith: "Shared with",
  sharedWithNobody: "Shared with nobody yet.",
  unshare: (login: string) => `Share it with ${login} no longer`,
} as const;
