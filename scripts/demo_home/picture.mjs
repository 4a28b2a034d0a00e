// Take pictures of the running demo; scripts/picture starts this.
import { createRequire } from "node:module";
import { statSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const { chromium } = createRequire(new URL(".cache/picture/", root))("playwright-core");

const [url, ...wanted] = process.argv.slice(2);
const clientId = `${url}/`;

/** Log in as the demo's owner, and return what the frontend keeps in its local storage. */
async function logIn() {
  const post = async (path, body) => {
    const response = await fetch(url + path, { method: "POST", body });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  };
  const flow = await post(
    "/auth/login_flow",
    JSON.stringify({
      client_id: clientId,
      redirect_uri: clientId,
      handler: ["homeassistant", null],
    }),
  );
  const { result } = await post(
    `/auth/login_flow/${flow.flow_id}`,
    JSON.stringify({ client_id: clientId, username: "demo", password: "demo" }),
  );
  const token = await post(
    "/auth/token",
    new URLSearchParams({
      grant_type: "authorization_code",
      code: result,
      client_id: clientId,
    }),
  );
  const expires = Date.now() + token.expires_in * 1000;
  return JSON.stringify({ ...token, hassUrl: url, clientId, expires });
}

const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

/** Wait until the page shows what it has to show. */
async function settled(page) {
  await page.waitForSelector("#ha-launch-screen", { state: "detached" });
  await page.waitForLoadState("networkidle").catch(() => {});
  await pause(3);
}

/** Switch mining of one miner with the mouse, and wait until the miner obeyed. */
async function switchMining(page, miner, on) {
  const control = page.locator("ha-control-switch").nth(miner);
  const is = (wanted) => control.evaluate((it, want) => it.checked === want, wanted);
  if (await is(on)) return;
  await control.click();
  for (let seconds = 0; !(await is(on)); seconds += 0.5) {
    if (seconds > 60) throw new Error(`miner ${miner + 1} does not obey`);
    await pause(0.5);
  }
}

/** Have one miner mine, one stand still and one climb, all with a past. */
async function setScene(page) {
  for (const miner of [0, 1, 2]) await switchMining(page, miner, true);
  await pause(90);
  for (const miner of [1, 2]) await switchMining(page, miner, false);
  await pause(15);
  await switchMining(page, 2, true);
  await pause(35);
}

/** The pictures: what is done to the page before each one is taken, and after it. */
const pictures = {
  async dashboard(page, take) {
    console.log("picture: setting the scene, this takes two and a half minutes ...");
    await setScene(page);
    await take();
  },

  async device(page, take) {
    await page.locator("hui-heading-card .title").first().click();
    await pause(5);
    await take();
  },

  async fault(page, take) {
    await page.getByRole("tab").nth(1).click();
    const row = page.locator("hui-toggle-entity-row").filter({ hasText: "Fan fault" });
    const flip = () => row.locator("ha-switch").click();
    const words = page.locator("hui-sensor-entity-row").getByText("Intake fan speed");
    await flip();
    await words.waitFor({ timeout: 60000 });
    await pause(2);
    await take();
    await flip();
    await words.waitFor({ state: "hidden", timeout: 60000 });
  },

  async day(page, take) {
    console.log("picture: waiting for the household's evening ...");
    await page.setViewportSize({ width: 1360, height: 1030 });
    const evening = page.getByRole("heading", { name: /^(20:[2-5]|2[1-3]:)/ });
    await evening.waitFor({ timeout: 3600000 });
    await take();
  },
};

// The day needs a demo of its own: scripts/demo --day.
const usual = ["dashboard", "device", "fault"];

async function main() {
  const hassTokens = await logIn();
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const context = await browser.newContext({
      viewport: { width: 1360, height: 1140 },
      timezoneId: "UTC",
    });
    context.setDefaultTimeout(30000);
    await context.addInitScript((tokens) => {
      localStorage.setItem("hassTokens", tokens);
      localStorage.setItem("dockedSidebar", '"always_hidden"');
    }, hassTokens);
    const page = await context.newPage();
    for (const name of wanted.length ? wanted : usual) {
      const path = new URL(`docs/images/${name}.png`, root).pathname;
      await page.goto(url);
      await settled(page);
      await pictures[name](page, () => page.screenshot({ path }));
      console.log(`picture: docs/images/${name}.png, ${statSync(path).size >> 10} kB`);
    }
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(`picture: ${String(error.cause ?? error).split("\n")[0]}`);
  process.exit(1);
});
