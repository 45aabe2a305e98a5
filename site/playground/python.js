// Python in its thread, as a page uses it: the last wish counts, and what is loading is said.

const $ = (id) => document.getElementById(id);

/** {ask(request)}: `answered(answer, request)` is called with what Python answers to the last request. */
export function python(answered) {
  let [ready, busy, next, ids] = [false, null, null, 0];
  const send = () => {
    if (!ready || busy || !next) return;
    busy = { id: ++ids, request: next };
    next = null;
    worker.postMessage({ id: busy.id, request: JSON.stringify(busy.request) });
  };
  const ask = (request) => {
    next = request;
    document.body.dataset.state = "asked";
    send();
  };
  if (location.protocol === "file:") {
    failed("this page is a file, and needs a server: run python -m http.server in its folder, and open the address that it prints");
    return { ask };
  }
  const worker = new Worker("worker.js", { type: "module" });
  worker.onerror = (event) => failed(event.message || "its thread could not be started");
  worker.onmessage = ({ data }) => {
    if (data.failed) failed(data.failed);
    else if (data.stage) loading(data);
    else if (data.ready) {
      ready = true;
      $("status").hidden = true;
      document.body.dataset.python = "ready";
      send();
    } else if (data.id === busy?.id) {
      const [answer, { request }] = [JSON.parse(data.reply), busy];
      busy = null;
      if (answer.error) told(`This could not be computed: ${answer.error}.`);
      else if (!next) {
        $("status").hidden = true;
        answered(answer, request);
      }
      send();
      if (!busy) document.body.dataset.state = "answered";
    }
  };
  return { ask };
}

function loading({ stage, done, of }) {
  const mega = (bytes) => (bytes / 1e6).toFixed(1);
  const what = `Loading Python and NumPy, once: ${mega(done ?? 0)} of ${mega(of ?? 0)} MB.`;
  $("stage").textContent = stage === "loading" ? `${what} Until then the page shows its first example.` : "Starting Python ...";
  $("progress").hidden = false;
  if (stage === "loading") $("progress").value = done / of;
  else $("progress").removeAttribute("value");
}

function failed(why) {
  told(`Python could not be started here: ${why}. A browser of 2025 or later is needed.`);
  document.body.dataset.python = "failed";
}

function told(what) {
  $("stage").textContent = what;
  $("progress").hidden = true;
  $("status").hidden = false;
}
