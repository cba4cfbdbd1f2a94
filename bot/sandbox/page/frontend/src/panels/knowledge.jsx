// The knowledge files beside the chats: completion from the schema, faults in the margin, saving.
import { useEffect, useRef, useState } from "preact/hooks";
import { createEditor } from "../editor.js";
import { Icon } from "../icons.jsx";
import { act, knowledge } from "../store.js";
import { t } from "../words.js";

export function Panel() {
  const [name, setName] = useState("");
  const [file, setFile] = useState(null); // what the server sent: {files, name, text, schema}
  const [faults, setFaults] = useState([]);
  const [state, setState] = useState("saved"); // saved | changed | saving | refused
  const editor = useRef(null);
  const host = useRef(null);

  const load = async (wanted) => {
    const read = await act("knowledge_read", wanted ? { name: wanted } : {});
    if (!read) return;
    setFile(read);
    setName(read.name);
    setFaults([]);
    setState("saved");
  };
  const save = async () => {
    setState("saving");
    const result = await act("knowledge_save", { name, text: editor.current.text() });
    setFaults(result?.faults ?? []);
    setState(result?.ok ? "saved" : "refused");
    editor.current?.check();
    return true;
  };
  const saving = useRef(save);
  saving.current = save;
  const leave = (wanted) => {
    if (state === "saved" || confirm(t("discard_question"))) load(wanted);
  };

  useEffect(() => { load(""); }, []);
  useEffect(() => {
    if (!file) return undefined;
    editor.current = createEditor(host.current, {
      text: file.text,
      schema: file.schema,
      label: t("editor_label", { name: file.name }),
      check: async (text) => {
        const result = await act("knowledge_check", { name: file.name, text, full: false });
        setFaults(result?.faults ?? []);
        return result?.faults ?? [];
      },
      onChange: () => setState("changed"),
      onSave: () => saving.current(),
    });
    return () => editor.current.destroy();
  }, [file]);
  useEffect(() => { // a version that was published in a chat
    if (state === "saved" && file) load(file.name);
  }, [knowledge.value.digest]);

  const errors = faults.filter((fault) => fault.severity === "error").length;
  return (
    <div class="knowledge">
      <div class="knowledge-bar">
        <label><span class="unseen">{t("file")}</span>
          <select value={name} onChange={(event) => leave(event.currentTarget.value)}>
            {(file?.files ?? []).map((one) => <option key={one} value={one}>{one}</option>)}
          </select>
        </label>
        <button type="button" class="primary" disabled={state === "saved" || state === "saving"} onClick={save}>{t("save")}</button>
        <span class={`file-state ${state}`} role="status">{errors && state === "changed" ? t("file_has_errors") : t(`file_${state}`)}</span>
      </div>
      <div class="editor" ref={host} />
      {faults.length > 0 && (
        <ul class="fault-list" aria-label={t("faults_of_file")}>
          {faults.map((fault) => (
            <li key={`${fault.line}${fault.message}`}>
              <button type="button" class={fault.severity} onClick={() => editor.current.goTo(fault.line)}>
                <Icon name="warning" size={18} /><b>{t("line", { line: fault.line })}</b><span>{fault.message}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="note">{t("editor_keys")}</p>
    </div>
  );
}
