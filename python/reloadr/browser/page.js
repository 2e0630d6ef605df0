// Put into each page by `reloadr run --browser`: loads the page again, or its style, when it may have changed.
(() => {
  const script = document.currentScript;
  const listens = (other) => { try { return other !== window && Boolean(other.reloadr); } catch { return false; } };
  if (!script || window.reloadr || listens(window.parent)) return;
  const page = window.reloadr = { seen: script.dataset.seen };
  const shows = document.documentElement.dataset.reloadr === "error" ? "error" : "page";
  const say = (text) => console.warn(`[reloadr] ${text}`);
  const stored = (value) => {
    try {
      if (value === undefined) return JSON.parse(sessionStorage.getItem("reloadr")) || {};
      sessionStorage.setItem("reloadr", JSON.stringify(value));
    } catch { /* storage is switched off */ }
    return {};
  };
  let source = null;
  let failures = 0;
  let styles = 0;

  const close = () => { if (source) source.close(); source = null; };
  const open = () => {
    close();
    // Whoever is not looked at needs no connection, of which a browser has six for a server.
    if (document.hidden) return;
    const address = new URL("events", script.src);
    address.search = new URLSearchParams({ seen: page.seen, shows });
    source = new EventSource(address);
    source.onopen = () => { failures = 0; };
    source.onmessage = (event) => { const news = JSON.parse(event.data); act[news.do](news); };
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED && failures < 6) setTimeout(open, 250 * 2 ** failures++);
    };
  };
  const goOn = (now) => { page.seen = now; open(); };

  const act = {
    say: (news) => say(news.text),
    style: (news) => {
      const all = [...document.querySelectorAll("link[rel~=stylesheet][href]")];
      const own = all.filter((link) => new URL(link.href).origin === location.origin);
      const named = own.filter((link) => news.names.includes(new URL(link.href).pathname.split("/").pop()));
      for (const link of named.length ? named : own) {
        const address = new URL(link.href);
        address.searchParams.set("reloadr", `${Date.now()}.${styles++}`);
        const fresh = link.cloneNode();
        fresh.href = address;
        fresh.onload = fresh.onerror = () => link.remove();
        link.after(fresh);
      }
      goOn(news.now);
    },
    page: (news) => {
      close();
      if ("stays" in script.dataset) {
        say("not loaded again, for it is the answer to a form");
        return goOn(news.now);
      }
      // Several processes serve, and one that is not there yet may answer: asked again, but not for ever.
      const last = stored();
      const times = last.now === news.now ? last.times + 1 : 0;
      if (times > 3) {
        say("this page comes from a process that does not run what was saved");
        return goOn(news.now);
      }
      stored({ now: news.now, times });
      setTimeout(() => location.reload(), times ? 100 * 3 ** times : 0);
    },
  };

  if (stored().now === page.seen) stored(null);
  document.addEventListener("visibilitychange", open);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  addEventListener("pagehide", close);
  open();
})();
