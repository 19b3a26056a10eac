// Uploads so many zeros and prints where they are.
import { fal } from "@fal-ai/client";

const mebibytes = Number(process.env.MEBIBYTES);
const file = new File([new Uint8Array(mebibytes * 1024 * 1024)], "zeros.mp4", { type: "video/mp4" });
console.log(await fal.storage.upload(file));
