// While somebody fills in a ballot, says how much of the money, the points or the places is left.
// The server says the same when the ballot is looked over; nothing depends on this script.
const language = document.documentElement.lang || "nl";
const plain = new Intl.NumberFormat(language);
const money = new Intl.NumberFormat(language, { style: "currency", currency: "EUR", trailingZeroDisplay: "stripIfInteger" });

const form = document.querySelector("[data-total]")?.closest("form");
const say = (line) => {
  const { total, area, most, used, left, leftOne, over, overOne } = line.dataset;
  const controls = [...form.querySelectorAll('[name^="mark-"]')];
  const given = controls.map((one) => (one.type === "checkbox" ? (one.checked ? 1 : 0) : parseInt(one.value, 10) || 0));
  const cents = (one) => (one.dataset.area === area ? Number(one.dataset.cents) || 0 : 0);
  const sum = given.reduce((so_far, value, n) => {
    if (total === "cents") return so_far + (value ? cents(controls[n]) : 0);
    return so_far + (total === "points" ? value : value ? 1 : 0);
  }, 0);
  const number = (value) => (total === "cents" ? money.format(value / 100) : plain.format(value));
  const rest = most - sum;
  const words = rest < 0 ? (rest === -1 ? overOne : over) : rest === 1 ? leftOne : left;
  line.querySelector("strong").textContent = used.replace("{}", number(sum));
  line.querySelector(".soft").textContent = words.replace("{}", number(Math.abs(rest)));
};

form?.addEventListener("input", () => document.querySelectorAll("[data-total]").forEach(say));
