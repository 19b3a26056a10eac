"use strict";
follow("", (seen) => {
  const before = document.body.dataset.seen;
  if (before && before !== seen) location.reload();
  document.body.dataset.seen = seen;
});
