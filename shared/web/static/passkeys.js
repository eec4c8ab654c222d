/* A form with data-passkey="create" or "get" asks the browser for a passkey, and sends what it answers. The server's
   options come at the press of the button: a challenge is good for minutes, a page may stay open longer. */
"use strict";

(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  if (!window.PublicKeyCredential || !isSecureContext) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const described = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

  function readable(options) {
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) read.excludeCredentials = described(options.excludeCredentials);
    if (options.allowCredentials) read.allowCredentials = described(options.allowCredentials);
    return read;
  }

  function written(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: {}, response,
    });
  }

  async function ask(form) {
    const given = new FormData(form);
    const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams({ csrf_token: given.get("csrf_token") }) });
    if (answer.redirected) return location.reload();  // to sign in, or to prove oneself again
    if (!answer.ok) throw new Error("away");
    const publicKey = readable(await answer.json());
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.passkey.value = written(credential);
    HTMLFormElement.prototype.submit.call(form);
  }

  function say(form, which) {
    for (const sentence of form.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== which;
  }

  function why(error) {
    if (error.message === "away") return "away";
    return error.name === "InvalidStateError" ? "known" : "stopped";
  }

  for (const form of forms) {
    for (const element of form.querySelectorAll("[data-able]")) element.hidden = element.dataset.able !== "yes";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = event.submitter;
      say(form, "");
      if (button) button.disabled = true;
      try {
        await ask(form);
      } catch (error) {
        say(form, why(error));
        if (button) button.disabled = false;
      }
    });
  }
})();
