// A local Arweave network (arlocal) on a Unix socket: arlocal listens on all interfaces when it is given a port.
//
//   node serve.cjs SOCKET FOLDER
//
// Its database is SQLite compiled to WebAssembly, in memory, in place of the native module, which would have to be
// compiled at each install. Says "ready" on standard output, and ends when standard input is closed.
'use strict';

const Module = require('node:module');
const initSqlJs = require('sql.js');

const [socket, folder] = process.argv.slice(2);

/** The part of the package sqlite3 that knex uses, on a database of sql.js. */
function driver(SQL) {
  class Database {
    constructor(_file, _flags, done) {
      this.inner = new SQL.Database();
      setImmediate(() => done(null));
    }
    run(sql, bindings, done) {
      this.answer(done, () => {
        this.inner.run(sql, plain(bindings));
        const [last] = this.inner.exec('SELECT last_insert_rowid() AS id');
        return [{ lastID: last.values[0][0], changes: this.inner.getRowsModified() }];
      });
    }
    all(sql, bindings, done) {
      this.answer(done, () => {
        const statement = this.inner.prepare(sql, plain(bindings));
        const rows = [];
        while (statement.step()) rows.push(statement.getAsObject());
        statement.free();
        return [this, rows];
      });
    }
    answer(done, work) {
      let found;
      try {
        found = work();
      } catch (error) {
        return setImmediate(() => done.call(this, error));
      }
      return setImmediate(() => done.call(found[0], null, found[1]));
    }
    close(done) {
      this.inner.close();
      setImmediate(() => done(null));
    }
  }
  return { Database, OPEN_READWRITE: 2, OPEN_CREATE: 4 };
}

function plain(bindings) {
  return (bindings ?? []).map((value) => {
    if (typeof value === 'boolean') return Number(value);
    return value === undefined ? null : value;
  });
}

async function main() {
  const sqlite3 = driver(await initSqlJs());
  const load = Module._load;
  Module._load = (name, ...rest) => (name === 'sqlite3' ? sqlite3 : load(name, ...rest));
  const { default: ArLocal } = require('arlocal');
  const network = new ArLocal(socket, false, folder, false);
  await network.start();
  await new Promise((listening) => {
    const server = network.getServer();
    if (server.listening) listening();
    else server.once('listening', listening);
  });
  process.stdout.write('ready\n');
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
