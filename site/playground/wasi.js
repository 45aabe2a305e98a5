// The few calls of WASI (preview 1) that a Python needs which reads two files and writes two streams.
// Everything else is answered with "not supported"; nothing here reaches a network or a disk.

const [OK, BADF, NOENT, NOTSUP] = [0, 8, 44, 58];
const [DIRECTORY, REGULAR] = [3, 4];
const FIRST_FREE = 4; // 0, 1, 2: the streams; 3: the folder
const ALL_RIGHTS = 0xffffffffn;

export class Exit extends Error {}

/** Imports for a module, over a folder of files that it may read.
 * folder: its path there; files: name -> Uint8Array; args, env: lists of strings;
 * write: what is called with each text that the program writes to its output or its errors. */
export function wasi(folder, files, args, env, write) {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  const open = new Map(); // descriptor -> {bytes, at}
  let next = FIRST_FREE;
  let memory;
  const view = () => new DataView(memory.buffer);
  const bytes = (at, n) => new Uint8Array(memory.buffer, at, n);
  const text = (at, n) => decoder.decode(bytes(at, n).slice());

  const sizes = (list) => (count, size) => {
    view().setUint32(count, list.length, true);
    view().setUint32(size, list.reduce((sum, each) => sum + encoder.encode(each).length + 1, 0), true);
    return OK;
  };
  const listed = (list) => (pointers, at) => {
    list.forEach((each, i) => {
      const coded = encoder.encode(`${each}\0`);
      view().setUint32(pointers + 4 * i, at, true);
      bytes(at, coded.length).set(coded);
      at += coded.length;
    });
    return OK;
  };
  const filestat = (at, type, size) => {
    bytes(at, 64).fill(0);
    view().setUint8(at + 16, type);
    view().setBigUint64(at + 24, 1n, true);
    view().setBigUint64(at + 32, BigInt(size), true);
    return OK;
  };
  const found = (path) => files.get(path.replace(/^\.?\/*/, ""));
  const vectors = function* (at, n) {
    for (let i = 0; i < n; i++) yield [view().getUint32(at + 8 * i, true), view().getUint32(at + 8 * i + 4, true)];
  };
  const read = (file, at, list, n, done) => {
    let total = 0;
    for (const [start, length] of vectors(list, n)) {
      const part = file.bytes.subarray(at + total, at + total + length);
      bytes(start, part.length).set(part);
      total += part.length;
    }
    view().setUint32(done, total, true);
    return total;
  };

  const calls = {
    args_sizes_get: sizes(args),
    args_get: listed(args),
    environ_sizes_get: sizes(env),
    environ_get: listed(env),
    clock_res_get: (id, at) => (view().setBigUint64(at, 1000n, true), OK),
    clock_time_get(id, precision, at) {
      const now = id === 0 ? Date.now() : performance.now();
      view().setBigUint64(at, BigInt(Math.round(now * 1e6)), true);
      return OK;
    },
    random_get: (at, n) => {
      for (let done = 0; done < n; done += 65536) crypto.getRandomValues(bytes(at + done, Math.min(65536, n - done)));
      return OK;
    },
    fd_prestat_get(fd, at) {
      if (fd !== 3) return BADF;
      view().setUint32(at, 0, true);
      view().setUint32(at + 4, encoder.encode(folder).length, true);
      return OK;
    },
    fd_prestat_dir_name: (fd, at, n) => (bytes(at, n).set(encoder.encode(folder).subarray(0, n)), OK),
    fd_fdstat_get(fd, at) {
      if (fd > 3 && !open.has(fd)) return BADF;
      bytes(at, 24).fill(0);
      view().setUint8(at, fd === 3 ? DIRECTORY : open.has(fd) ? REGULAR : 2); // 2: a character device
      view().setBigUint64(at + 8, ALL_RIGHTS, true);
      view().setBigUint64(at + 16, ALL_RIGHTS, true);
      return OK;
    },
    fd_fdstat_set_flags: () => OK,
    fd_filestat_get(fd, at) {
      if (open.has(fd)) return filestat(at, REGULAR, open.get(fd).bytes.length);
      return fd > 3 ? BADF : filestat(at, fd === 3 ? DIRECTORY : 2, 0);
    },
    path_filestat_get(fd, flags, path, n, at) {
      const name = text(path, n);
      if (/^\.?\/*$/.test(name)) return filestat(at, DIRECTORY, 0);
      return found(name) ? filestat(at, REGULAR, found(name).length) : NOENT;
    },
    path_open(fd, lookup, path, n, flags, rights, inheriting, fdflags, at) {
      const file = found(text(path, n));
      if (!file) return NOENT;
      open.set(next, { bytes: file, at: 0 });
      view().setUint32(at, next++, true);
      return OK;
    },
    fd_close: (fd) => (open.delete(fd) ? OK : BADF),
    fd_read(fd, list, n, done) {
      const file = open.get(fd) ?? { bytes: new Uint8Array(), at: 0 };
      file.at += read(file, file.at, list, n, done);
      return OK;
    },
    fd_pread(fd, list, n, at, done) {
      if (!open.has(fd)) return BADF;
      read(open.get(fd), Number(at), list, n, done);
      return OK;
    },
    fd_seek(fd, offset, whence, at) {
      const file = open.get(fd);
      if (!file) return BADF;
      file.at = Number(offset) + [0, file.at, file.bytes.length][whence];
      view().setBigUint64(at, BigInt(file.at), true);
      return OK;
    },
    fd_tell: (fd, at) => (open.has(fd) ? (view().setBigUint64(at, BigInt(open.get(fd).at), true), OK) : BADF),
    fd_write(fd, list, n, done) {
      let total = 0;
      for (const [start, length] of vectors(list, n)) {
        write(text(start, length));
        total += length;
      }
      view().setUint32(done, total, true);
      return OK;
    },
    fd_readdir: (fd, at, n, cookie, used) => (view().setUint32(used, 0, true), OK),
    sched_yield: () => OK,
    proc_exit(code) {
      throw new Exit(`Python ended with status ${code}`);
    },
  };
  const imports = new Proxy(calls, { get: (known, name) => known[name] ?? (() => NOTSUP) });
  return { imports, runs: (instance) => (memory = instance.exports.memory) };
}
