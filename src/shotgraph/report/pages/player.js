"use strict";
// One video, or two side by side, moved frame by frame. The player seeks the middle of a frame, so
// that rounding can't show the frame before it.

function rateOf(text) {
  const [above, below] = String(text).split("/").map(Number);
  return above / (below || 1) || 24;
}

class Player {
  constructor(videos, shown) {
    this.videos = videos;
    this.shown = shown; // called with the number of the frame that is on the screen
    this.rate = 24;
    this.frames = 0;
    this.wanted = null;
    this.backwards = 0;
    this.speed = 1;
    const first = videos[0];
    for (const name of ["seeked", "timeupdate", "loadeddata"]) {
      first.addEventListener(name, () => this.tell());
    }
    first.addEventListener("pause", () => this.settle());
    first.addEventListener("play", () => this.follow());
  }

  get video() { return this.videos[0]; }
  get other() { return this.videos[1] && !this.videos[1].hidden ? this.videos[1] : null; }
  get frame() {
    if (this.wanted !== null) return this.wanted;
    return Math.min(Math.max(0, Math.floor(this.video.currentTime * this.rate + 0.001)), Math.max(0, this.frames - 1));
  }

  // Nothing is loaded before somebody asks for a frame.
  show(number) {
    const frame = Math.min(Math.max(0, Math.round(number)), Math.max(0, this.frames - 1));
    this.wanted = frame;
    for (const video of [this.video, this.other]) {
      if (video) this.seek(video, (frame + 0.5) / this.rate);
    }
    this.shown(frame);
  }

  seek(video, seconds) {
    const go = () => {
      const end = Number.isFinite(video.duration) ? Math.max(0, video.duration - 0.001) : seconds;
      video.currentTime = Math.min(seconds, end);
    };
    if (video.readyState > 0) { go(); return; }
    video.addEventListener("loadedmetadata", go, { once: true });
    if (video.preload !== "auto") { video.preload = "auto"; video.load(); }
  }

  step(frames) { this.stop(); this.show(this.frame + frames); }

  play() {
    this.wanted = null;
    this.back(0);
    this.video.playbackRate = this.speed;
    if (this.other) { this.other.playbackRate = this.speed; this.other.play(); }
    this.video.play();
  }

  stop() {
    this.back(0);
    this.speed = 1;
    this.video.pause();
    if (this.other) this.other.pause();
  }

  forward() {
    const going = !this.video.paused;
    this.speed = going ? Math.min(8, this.speed * 2) : 1;
    this.play();
  }

  // Browsers can't play backwards, so the player seeks one frame after the other.
  back(speed) {
    this.backwards = speed;
    cancelAnimationFrame(this.timer);
    if (!speed) return;
    let before = performance.now(), at = this.frame;
    const turn = (now) => {
      if (!this.backwards) return;
      at -= ((now - before) / 1000) * this.rate * this.backwards;
      before = now;
      if (at <= 0) { this.show(0); this.back(0); return; }
      if (!this.video.seeking) this.show(Math.floor(at));
      this.timer = requestAnimationFrame(turn);
    };
    this.timer = requestAnimationFrame(turn);
  }

  rewind() {
    const speed = Math.min(8, (this.backwards || 0.5) * 2);
    this.video.pause();
    if (this.other) this.other.pause();
    this.back(speed);
  }

  toggle() { if (this.video.paused && !this.backwards) this.play(); else this.stop(); }

  settle() {
    if (this.video.ended || this.backwards) return;
    this.show(this.frame);
  }

  follow() {
    this.wanted = null;
    const turn = () => {
      if (this.video.paused) return;
      if (this.other && Math.abs(this.other.currentTime - this.video.currentTime) > 1.5 / this.rate) {
        this.other.currentTime = this.video.currentTime;
      }
      this.tell();
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  }

  tell() {
    if (!this.video.paused || !this.video.seeking) this.shown(this.frame);
  }
}
