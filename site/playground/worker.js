// Python, NumPy and lrlib in a thread of their own, so that the page stays quick.
// The page sends {id, request}; it is sent {stage, done, of}, {ready}, {id, reply} or {failed}.

import { Exit, wasi } from "./wasi.js";

const FOLDER = "/usr/local/lib";
const PROGRAM = `
import sys
sys.path.insert(0, "${FOLDER}/lrlib.zip")
import _host
from lrlib.playground import reply
said = b""
while asked := _host.call(said):
    said = reply(asked.decode()).encode()
`;
const LIVE = typeof WebAssembly.Suspending === "function"; // Python can wait for the page within a call
const PARTS = ["python.wasm.z", "python315.zip", "lrlib.zip"];
const waiting = [];
let wake = null;

onmessage = ({ data }) => {
  waiting.push(data);
  wake?.();
};

async function loaded(sizes) {
  const total = PARTS.reduce((sum, name) => sum + sizes[name], 0);
  let done = 0;
  const counted = new Set();
  const stream = async (name) => {
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(`${name} could not be loaded (${answer.status})`);
    const count = new TransformStream({
      transform(chunk, on) {
        counted.add(name);
        done += chunk.length;
        postMessage({ stage: "loading", done, of: total });
        on.enqueue(chunk);
      },
    });
    return answer.body.pipeThrough(count);
  };
  const all = async (name) => new Uint8Array(await new Response(await stream(name)).arrayBuffer());
  const module = async () => {
    const plain = (await stream(PARTS[0])).pipeThrough(new DecompressionStream("gzip"));
    return WebAssembly.compileStreaming(new Response(plain, { headers: { "Content-Type": "application/wasm" } }));
  };
  return Promise.all([module(), all(PARTS[1]), all(PARTS[2])]);
}

function program(module, files) {
  let written = "";
  const { imports, runs } = wasi(FOLDER, files, ["python", "-c", PROGRAM], [], (text) => (written += text));
  let instance;
  const given = (text, pointer, length) => {
    const coded = new TextEncoder().encode(text);
    const at = instance.exports.host_alloc(coded.length);
    new Uint8Array(instance.exports.memory.buffer, at, coded.length).set(coded);
    const view = new DataView(instance.exports.memory.buffer);
    view.setUint32(pointer, at, true);
    view.setUint32(length, coded.length, true);
    return 0;
  };
  const said = (at, n) => new TextDecoder().decode(new Uint8Array(instance.exports.memory.buffer, at, n).slice());
  return {
    /** Run until `asked`, called with what Python says, returns nothing more to do; it may be a promise. */
    async run(asked) {
      const sync = (at, n, pointer, length) => given(asked(said(at, n)), pointer, length);
      const live = async (at, n, pointer, length) => given(await asked(said(at, n)), pointer, length);
      const call = LIVE ? new WebAssembly.Suspending(live) : sync;
      instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: imports, host: { call } });
      runs(instance);
      try {
        instance.exports._initialize();
        await (LIVE ? WebAssembly.promising(instance.exports.run) : instance.exports.run)();
      } catch (error) {
        if (!(error instanceof Exit)) throw error;
      }
      return written;
    },
  };
}

const request = async () => {
  while (!waiting.length) await new Promise((resolve) => (wake = resolve));
  return waiting.shift();
};

/** One Python for all requests. */
async function live(module, files) {
  let current = null;
  const written = await program(module, files).run(async (said) => {
    if (current) postMessage({ id: current.id, reply: said });
    else postMessage({ ready: true });
    current = await request();
    return current.request;
  });
  throw new Error(written.trim().split("\n").at(-1) || "Python ended");
}

/** A Python for each request, where a browser cannot wait within a call: slower, and the same answers. */
async function oneByOne(module, files) {
  postMessage({ ready: true });
  for (;;) {
    const current = await request();
    let reply = null;
    const asked = [current.request, ""];
    const written = await program(module, files).run((said) => {
      reply = said || reply;
      return asked.shift();
    });
    if (reply === null) throw new Error(written.trim().split("\n").at(-1) || "Python ended");
    postMessage({ id: current.id, reply });
  }
}

try {
  const sizes = await (await fetch("sizes.json")).json();
  const [module, python, lrlib] = await loaded(sizes);
  postMessage({ stage: "starting" });
  const files = new Map([["python315.zip", python], ["lrlib.zip", lrlib]]);
  await (LIVE ? live : oneByOne)(module, files);
} catch (error) {
  postMessage({ failed: String(error.message ?? error) });
}
