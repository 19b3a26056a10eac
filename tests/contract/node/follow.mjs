// Follows one job by events, one by hand, and one that fails; prints what it saw as JSON.
import { fal, ValidationError } from "@fal-ai/client";

const endpoint = "fal-ai/kling-video/o1/standard/video-to-video/edit";
const input = { prompt: "x", video_url: process.env.CLIP_URL };

const seen = [];
const streamed = await fal.subscribe(endpoint, {
  input,
  logs: true,
  mode: "streaming",
  onQueueUpdate: (update) => seen.push([update.status, update.logs?.length ?? 0]),
});

const { request_id: requestId } = await fal.queue.submit(endpoint, { input: { prompt: "x" } });
await fal.queue.subscribeToStatus(endpoint, { requestId, pollInterval: 50 });
const failed = await fal.queue.result(endpoint, { requestId }).catch((error) => error);

const direct = await fal.run(endpoint, { input });

console.log(
  JSON.stringify({
    seen,
    streamed: streamed.data.video.url,
    direct: direct.data.video.url,
    failed: {
      validation: failed instanceof ValidationError,
      status: failed.status,
      fields: failed.getFieldErrors("video_url").map((error) => error.type),
    },
  }),
);
