// The lesson, section or page that is named by the words searched for comes first, with or without hyphens.

const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
const searched = plain(new URLSearchParams(location.search).get("q") ?? "");

var Scorer = {
  score: ([docname, title, anchor, descr, score]) => {
    const isNamed = searched && plain(title.split(" > ").at(-1)).includes(searched);
    const isLesson = docname.startsWith("lessons/") && !anchor;
    return score + (isNamed ? 30 : 0) + (isLesson ? 10 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
