/* A photo is made smaller before it leaves: on a telephone's network, 20 MB take minutes. The
   server makes every file anew; a browser that cannot open a photo sends it as it is. */
"use strict";

(() => {
  const LARGE = 1024 * 1024;
  const LONGEST_SIDE = 3000;
  const QUALITY = 0.85;
  const underWay = new Map();

  async function smaller(file) {
    if (!file.type.startsWith("image/") || file.size < LARGE) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const sheet = canvas.getContext("2d");
      sheet.fillStyle = "white";
      sheet.fillRect(0, 0, canvas.width, canvas.height);
      sheet.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      if (!made || made.size >= file.size) return file;
      return new File([made], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: made.type });
    } catch {
      return file;
    }
  }

  async function shrink(input) {
    const chosen = [...input.files];
    const sent = new DataTransfer();
    for (const file of chosen) sent.items.add(await smaller(file));
    const isUnchanged = chosen.length === input.files.length && chosen.every((file, at) => file === input.files[at]);
    if (isUnchanged) input.files = sent.files;
  }

  document.addEventListener("change", ({ target }) => {
    if (target.type !== "file" || !target.accept.includes("image/jpeg") || !target.form) return;
    const work = shrink(target).finally(() => {
      if (underWay.get(target.form) === work) underWay.delete(target.form);
    });
    underWay.set(target.form, work);
  });

  document.addEventListener("submit", async (event) => {
    const work = underWay.get(event.target);
    if (!work) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await work;
    event.target.requestSubmit(event.submitter);
  }, true);
})();
