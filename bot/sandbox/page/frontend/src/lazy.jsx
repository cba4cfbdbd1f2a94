import { useEffect, useState } from "preact/hooks";
import { t } from "./words.js";

/** A panel whose code is loaded when it is shown first; the module exports it as `Panel`. */
export function lazyPanel(load) {
  let Loaded = null;
  return function Lazy() {
    const [, setLoaded] = useState(false);
    useEffect(() => {
      if (!Loaded) load().then((module) => { Loaded = module.Panel; setLoaded(true); });
    }, []);
    return Loaded ? <Loaded /> : <p class="panel-body" role="status">{t("opening")}</p>;
  };
}
