/* The QR code of a bill or of a letter brings its key behind the #, which no server and no log ever sees. */
"use strict";

(() => {
  const found = /^#(cle|code)=([A-Za-z0-9-]{1,40})$/.exec(location.hash);
  const field = found && document.getElementById({ cle: "key", code: "code" }[found[1]]);
  if (!field) return;
  field.value = found[2];
  history.replaceState(null, "", location.pathname + location.search);
})();
