// Points fal's JavaScript client, as it is published, at a rehearsal server, then runs a program.
// The client builds its URLs itself and has no setting for hosts; its `fetch` is one of its settings.
import { fal } from "@fal-ai/client";

const bases = JSON.parse(process.env.REHEARSAL);
const hosts = {
  "https://queue.fal.run": bases.queue_url,
  "https://fal.run": bases.run_url,
  "https://rest.fal.ai": bases.rest_url,
};

fal.config({
  fetch: (url, init) => {
    const { origin } = new URL(url);
    const base = hosts[origin];
    if (base === undefined && !String(url).startsWith(bases.cdn_url)) {
      throw new Error(`the client called ${origin}, which is none of fal's hosts`);
    }
    return fetch(base === undefined ? url : String(url).replace(origin, base), init);
  },
});

await import(process.argv[2]);
