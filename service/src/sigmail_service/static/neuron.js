// Computes the neuron again while a slider moves. Without scripts the button does the same on the server.
"use strict";

const form = document.getElementById("sliders");
const drawing = document.querySelector("svg.neuron");
const logitShown = 8, curveLeft = 520, curveWidth = 240, curveHeight = 150, thickest = 7;

function numbers(name) {
  return [...form.querySelectorAll(`[name=${name}]`)].map((slider) => Number(slider.value));
}

function sigmoid(sum) {
  const small = Math.exp(-Math.abs(sum));
  return sum >= 0 ? 1 / (1 + small) : small / (1 + small);
}

function signed(number) {
  return (number < 0 ? "" : "+") + number.toFixed(3);
}

function redraw() {
  const inputs = numbers("input"), weights = numbers("weight"), bias = numbers("bias")[0];
  const terms = [...inputs.map((input, index) => input * weights[index]), bias];
  const sum = terms.reduce((total, term) => total + term, 0);
  const probability = sigmoid(sum);
  const strongest = Math.max(...terms.map(Math.abs)) || 1;
  terms.forEach((term, index) => {
    const line = drawing.querySelector(`[data-line="${index}"]`);
    line.setAttribute("stroke-width", 1 + (thickest * Math.abs(term)) / strongest);
    line.setAttribute("class", term > 0 ? "spam" : "ham");
    drawing.querySelector(`[data-weight="${index}"]`).textContent = signed(term);
    if (index < inputs.length) {
      const text = `input ${index + 1}: ${inputs[index]} × ${weights[index]}`;
      drawing.querySelector(`[data-text="${index}"]`).textContent = text;
    }
  });
  const point = drawing.querySelector("[data-point]");
  const shown = Math.max(-logitShown, Math.min(logitShown, sum));
  point.setAttribute("cx", curveLeft + (curveWidth * (shown + logitShown)) / (2 * logitShown));
  point.setAttribute("cy", Number(point.dataset.middle) + curveHeight * (0.5 - probability));
  drawing.querySelector("[data-sum]").textContent = sum.toFixed(4);
  drawing.querySelector("[data-probability]").textContent = `sigmoid = ${probability.toFixed(4)}`;
  document.querySelector("[data-label]").textContent = probability >= 0.5 ? "1: spam" : "0: no spam";
  const title = `A neuron: the inputs add up to ${sum.toFixed(4)}, whose sigmoid is ${probability.toFixed(4)}`;
  drawing.querySelector("title").textContent = title;
}

form.addEventListener("input", (event) => {
  const output = event.target.parentElement.querySelector("output");
  output.textContent = event.target.value;
  redraw();
});
