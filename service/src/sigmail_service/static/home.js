// Judges a message as soon as it is pasted, dropped or chosen. Without scripts the button does the same.
"use strict";

const form = document.getElementById("judge");
const text = document.getElementById("text");
const file = document.getElementById("message");
const area = document.getElementById("drop");
const said = document.getElementById("said");
let running = null;

function say(sentence) {
  said.textContent = sentence;
}

// The server's own page is the answer: its result takes the place of ours, and nothing in it is run.
function show(page) {
  const result = document.getElementById("result");
  result.replaceChildren(...document.importNode(page.getElementById("result"), true).childNodes);
  document.title = page.title;
  const verdict = result.querySelector(".verdict");
  say(verdict ? verdict.innerText.replace(/\s+/g, " ") : "");
  result.firstElementChild?.scrollIntoView({ block: "nearest" });
}

function showProblem(title, remedy) {
  const section = document.createElement("section");
  section.className = "problem";
  section.setAttribute("role", "alert");
  const heading = document.createElement("h2");
  heading.textContent = title;
  const paragraph = document.createElement("p");
  paragraph.textContent = remedy;
  section.append(heading, paragraph);
  document.getElementById("result").replaceChildren(section);
  document.title = `${title}: Sigmail`;
}

async function judge(button) {
  const body = new FormData(form, button);
  running?.abort();
  const current = (running = new AbortController());
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch("/", { method: "POST", body, signal: current.signal });
    if (answer.headers.get("Content-Type").startsWith("text/html")) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (button?.name === "example") text.value = page.getElementById("text").value;
      show(page);
    } else {
      const problem = await answer.json();
      showProblem(problem.title, `${problem.detail} ${problem.remedy}`);
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem("The service does not answer", "Look whether it runs, and try again.");
  } finally {
    if (running === current) form.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.name === "example") file.value = "";
  judge(event.submitter);
});

// A text that is changed is what is meant from now on, and not the file that was chosen before.
text.addEventListener("input", () => {
  file.value = "";
});
text.addEventListener("paste", () => setTimeout(judge));
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

function judgeFile() {
  text.value = "";
  judge();
}

file.addEventListener("change", () => {
  if (file.files.length) judgeFile();
});

function carriesFile(event) {
  return [...event.dataTransfer.types].includes("Files");
}

// A file may be dropped anywhere on the page: missing the frame must not make the browser open the mail.
addEventListener("dragover", (event) => {
  if (!carriesFile(event)) return;
  event.preventDefault();
  area.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) area.classList.remove("over");
});
addEventListener("drop", (event) => {
  area.classList.remove("over");
  if (!carriesFile(event)) return;
  event.preventDefault();
  file.files = event.dataTransfer.files;
  judgeFile();
});
