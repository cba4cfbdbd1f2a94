// The nine steps: how each is recognised as done, and how it is done for the reader.
// Texts stand in the catalogues: tour_<id>, tour_<id>_text, and what is typed in tour_<id>_type.
import { act } from "../store.js";
import { t } from "../words.js";
import {
  admin, citizen, clerk, counts, findButton, isAnswered, isInUse, isButton, isServed, isUp, replies, secondAdmin, translate, wasKilled,
} from "./cast.js";

const PROJECT = "childcare-centre";
const SUBSCRIBERS = 500;

const question = (id) => ({
  id,
  people: () => [citizen()],
  isDone: (since) => isAnswered(citizen(), since) && Boolean(findButton(citizen(), /^[pao]/, since)),
  play: (player) => player.write(citizen(), t(`tour_${id}_type`)),
});

export const STEPS = [
  question("question"),
  question("followup"),
  question("misspelt"),
  {
    id: "unknown",
    people: () => [citizen()],
    isDone: (since, memory) => {
      if (findButton(citizen(), /^w\./, since)) memory.offered = true;
      return Boolean(memory.offered) && !findButton(citizen(), /^w\./, since);
    },
    play: async (player) => {
      await player.write(citizen(), t("tour_unknown_type"));
      await player.press(citizen(), /^w\./);
    },
  },
  {
    id: "teach",
    people: () => [clerk(), citizen()],
    prepare: () => translate(clerk()),
    isDone: (since) => isServed(since),
    play: async (player) => {
      await player.write(clerk(), "/inbox");
      await player.press(clerk(), /^sig/);
      await player.press(clerk(), /^sia/, t("tour_teach_label"));
      await player.press(clerk(), /^sip/);
    },
  },
  {
    id: "told",
    people: () => [citizen()],
    startsWithPrevious: true,
    isDone: (since) => isServed(since) && replies(citizen(), since).length > 0 && isInUse(citizen()),
    play: async (player) => { player.show(citizen()); },
  },
  {
    id: "status",
    people: () => [clerk(), citizen()],
    prepare: () => translate(clerk()),
    isDone: (since) => isServed(since) && isAnswered(citizen(), since),
    play: async (player) => {
      await player.write(clerk(), t("tour_status_type"));
      await player.press(clerk(), new RegExp(`^sfs\\.${PROJECT}`));
      await player.press(clerk(), new RegExp(`^ssd\\.${PROJECT}`));
      await player.press(clerk(), /^sy\./);
      await player.until(() => isServed(player.since));
      await player.write(citizen(), t("tour_question_type"));
    },
  },
  {
    id: "broadcast",
    people: () => [admin(), secondAdmin()],
    prepare: async () => {
      await translate(admin());
      await translate(secondAdmin());
    },
    isDone: () => counts().received > 0,
    play: async (player) => {
      if (counts().total < SUBSCRIBERS) await act("subscribers", { count: SUBSCRIBERS - counts().total });
      await player.until(() => !counts().joining && counts().total >= SUBSCRIBERS);
      await player.meet(secondAdmin());
      await player.write(admin(), "/broadcast");
      await player.press(admin(), new RegExp(`^sbtx${t("tour_broadcast_letter")}`));
      await player.write(admin(), t("tour_broadcast_type"));
      await player.press(admin(), /^sbpc/);
      await player.press(admin(), /^sbca/); // an alert: it is sent at night as well
      await player.press(admin(), /^sbv\./);
      const number = await player.until(() => headCount(player.since));
      await player.write(admin(), number);
      await player.press(secondAdmin(), /^sby\./);
    },
  },
  {
    id: "kill",
    people: () => [admin()],
    isDone: (since) => wasKilled(since) && isUp() && counts().total > 0 && counts().received >= counts().total,
    play: async (player) => {
      player.show(admin());
      await act("kill_bot");
    },
  },
];

/** The number that the bot asks the admin to type: in the last paragraph of the message with "Change it" alone below it. */
function headCount(since) {
  const request = replies(admin(), since).findLast((reply) => reply.buttons.length === 1 && isButton(reply.buttons[0][0], /^sbp/));
  return request?.text.split("\n").at(-1).match(/\d[\d.,\s]*/)?.[0].replace(/\D/g, "");
}
