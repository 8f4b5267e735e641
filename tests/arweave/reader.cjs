// What arweave-js, the reference client, makes of what we did: one JSON request on standard input, one answer.
//
//   chunks    {sizes: […]}          root and proofs of the bytes i % 251, of each size
//   paths     {root, size, proofs}  whether each [offset, proof] is valid
//   verify    {transaction}         whether the signature holds
//   fetch     {port, id}            the transaction and its data as a gateway gives them: signature, SHA-256
//   item      {data}                an ANS-104 data item (base64): whether it is valid, its id, owner, tags, SHA-256
//   vectors   {}                    age's own test vectors, by name, in base64
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const Arweave = require('arweave');
const Transaction = require('arweave/node/lib/transaction').default;
const { generateTransactionChunks, validatePath } = require('arweave/node/lib/merkle');

console.warn = () => {}; // arweave-js tells of a bad signature there; standard output is the answer's

const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');
const at = (port) => Arweave.init({ host: '127.0.0.1', port, protocol: 'http', timeout: 20000 });

const answers = {
  async chunks({ sizes }) {
    const found = [];
    for (const size of sizes) {
      const data = Uint8Array.from({ length: size }, (_, i) => i % 251);
      const made = await generateTransactionChunks(data);
      found.push({
        root: Arweave.utils.bufferTob64Url(made.data_root),
        chunks: made.chunks.map((chunk) => [chunk.minByteRange, chunk.maxByteRange]),
        proofs: made.proofs.map((proof) => Arweave.utils.bufferTob64Url(proof.proof)),
      });
    }
    return found;
  },

  async paths({ root, size, proofs }) {
    const bytes = Arweave.utils.b64UrlToBuffer;
    const valid = proofs.map(([offset, path]) => validatePath(bytes(root), offset, 0, size, bytes(path)));
    return (await Promise.all(valid)).map((one) => one !== false);
  },

  async verify({ transaction }) {
    try {
      return { valid: await at(1).transactions.verify(new Transaction(transaction)) };
    } catch (error) {
      return { valid: false, why: error.message };
    }
  },

  async fetch({ port, id }) {
    const arweave = at(port);
    const transaction = await arweave.transactions.get(id);
    const data = await arweave.transactions.getData(id, { decode: true });
    const served = await fetch(`http://127.0.0.1:${port}/${id}`);
    const body = new Uint8Array(await served.arrayBuffer());
    const made = await generateTransactionChunks(body);
    return {
      valid: await arweave.transactions.verify(transaction),
      address: await arweave.wallets.ownerToAddress(transaction.owner),
      root: Arweave.utils.bufferTob64Url(made.data_root) === transaction.data_root,
      tags: Object.fromEntries(
        transaction.tags.map((tag) => [
          tag.get('name', { decode: true, string: true }),
          tag.get('value', { decode: true, string: true }),
        ]),
      ),
      sha256: sha256(body),
      sha256_from_chunks: sha256(data),
    };
  },

  async item({ data }) {
    const { DataItem } = require('arbundles');
    const raw = Buffer.from(data, 'base64');
    const item = new DataItem(raw);
    return {
      valid: await DataItem.verify(raw),
      id: item.id,
      owner: item.owner,
      tags: Object.fromEntries(item.tags.map((tag) => [tag.name, tag.value])),
      sha256: sha256(item.rawData),
    };
  },

  async vectors() {
    const vectors = Object.entries(require('cctv-age'));
    return Object.fromEntries(vectors.map(([name, data]) => [name, Buffer.from(data).toString('base64')]));
  },
};

async function main() {
  const { ask, ...rest } = JSON.parse(fs.readFileSync(0, 'utf8'));
  const answer = JSON.stringify(await answers[ask](rest));
  await new Promise((written) => process.stdout.write(answer, written));
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
