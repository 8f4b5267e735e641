/** The words of publishing. */
export const publishing = {
  title: "Published",
  nowhere:
    "Not published. Publishing gives the file an address that anyone can fetch, and a signed manifest.",
  where: "Where to",
  places: {
    local: "Here, under an address of its own",
    ipfs: "IPFS",
    arweave: "Arweave",
  },
  states: {
    pending: "on its way",
    sent: "sent, not yet sure to stay",
    final: "there",
    failed: "failed",
    cancelled: "cancelled",
  },
  publish: "Publish…",
  ask: (name: string): string => `Publish ${name}`,
  act: "Publish",
  cancel: "Cancel",
  costs: (price: string, unit: string): string => `It costs ${price} ${unit}.`,
  forever: "Nobody can take this back.",
  takenBack: "You can take it back at any time.",
  licence: "Licence, if you choose one",
  consent: (sentence: string): string => `To go on, type: ${sentence}`,
  stop: (place: string): string => `Stop publishing to ${place}`,
  stopShort: "Stop",
  waiting: "what it means",
} as const;
