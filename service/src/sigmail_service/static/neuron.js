// Computes the neuron again while a slider moves. Without scripts the button does the same on the server.
"use strict";

const form = document.getElementById("sliders");
const drawing = document.getElementById("neuron");
const logitShown = 8, thickest = 7;
const left = 44, width = 336, ceiling = 16, height = 212;

function numbers(name) {
  return [...form.querySelectorAll(`[name=${name}]`)].map((slider) => Number(slider.value));
}

function sigmoid(sum) {
  const small = Math.exp(-Math.abs(sum));
  return sum >= 0 ? 1 / (1 + small) : small / (1 + small);
}

function withMinus(text) {
  return text.replace("-", "−");
}

function signed(number) {
  return (number < 0 ? "" : "+") + withMinus(number.toFixed(3));
}

// Rounding never makes a certainty of a probability.
function written(probability) {
  if (probability > 0.9999) return "> 0.9999";
  return probability < 0.0001 ? "< 0.0001" : `= ${probability.toFixed(4)}`;
}

// As "%g" of the server: at most six digits, none of them idle.
function short(number) {
  return withMinus(String(Number(number.toPrecision(6))));
}

function find(name) {
  return document.querySelector(`[${name}]`);
}

function redrawTerm(term, index, strongest) {
  const line = drawing.querySelector(`[data-line="${index}"]`);
  const weight = drawing.querySelector(`[data-weight="${index}"]`);
  const label = term > 0 ? "spam" : term < 0 ? "ham" : "none";
  line.setAttribute("stroke-width", 1 + (thickest * Math.abs(term)) / strongest);
  line.setAttribute("class", label);
  weight.setAttribute("class", `weight ${label}`);
  weight.textContent = signed(term);
}

function redrawPoint(sum, probability) {
  const shown = Math.max(-logitShown, Math.min(logitShown, sum));
  const x = left + (width * (shown + logitShown)) / (2 * logitShown);
  const y = ceiling + height * (1 - probability);
  find("data-point").setAttribute("cx", x);
  find("data-point").setAttribute("cy", y);
  find("data-drop").setAttribute("d", `M${x} ${ceiling + height}V${y}H${left}`);
}

function say(sum, probability) {
  const total = withMinus(sum.toFixed(4)), result = written(probability);
  find("data-sum").textContent = total;
  find("data-probability").textContent = `sigmoid ${result}`;
  document.getElementById("inputs-title").textContent = `The terms add up to ${total}`;
  document.getElementById("curve-title").textContent = `The sigmoid of ${total} ${result}`;
  const spam = probability >= 0.5;
  const label = spam ? "1: spam" : "0: no spam";
  // It is read aloud when it changes, and only then.
  if (find("data-label").textContent !== label) {
    find("data-label").textContent = label;
    find("data-label").className = spam ? "spam" : "ham";
  }
}

function redraw() {
  const inputs = numbers("input"), weights = numbers("weight"), bias = numbers("bias")[0];
  const products = inputs.map((input, index) => input * weights[index]);
  const terms = [...products, bias];
  const sum = terms.reduce((total, term) => total + term, 0);
  const strongest = Math.max(...terms.map(Math.abs)) || 1;
  terms.forEach((term, index) => redrawTerm(term, index, strongest));
  const pairs = inputs.map((input, index) => `${short(input)} × ${short(weights[index])}`);
  pairs.forEach((pair, index) => {
    drawing.querySelector(`[data-source="${index}"]`).textContent = pair;
  });
  const sign = bias < 0 ? "−" : "+";
  find("data-equation").textContent = `${pairs.join(" + ")} ${sign} ${short(Math.abs(bias))} = ${short(sum)}`;
  redrawPoint(sum, sigmoid(sum));
  say(sum, sigmoid(sum));
}

form.addEventListener("input", (event) => {
  const slider = event.target;
  slider.parentElement.querySelector(".value").textContent = withMinus(slider.value);
  redraw();
});
document.getElementById("compute").hidden = true;
