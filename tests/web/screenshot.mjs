// Makes the picture of the README: HUB=… TRACEES=… node tests/web/screenshot.mjs docs/dashboard.png
// Two gdbs in non-stop mode hold a thread each, which a third one wants to run.
import {World} from './world.mjs';

const world = new World();
try {
  await world.hub(['threads', 5, 0]);
  const waiter = await world.gdb();
  await waiter.command('continue', /Continuing/);
  for (const [place, stop] of [['worker_a', 'worker_a'], ['worker_d', 'worker_d']]) {
    const gdb = await world.gdb(['set non-stop on']);
    await gdb.command(`thbreak ${place}`, /breakpoint 1 at/);
    await gdb.command('continue -a', new RegExp(`breakpoint 1, ${stop}`));
  }
  const page = await world.page({viewport: {width: 1280, height: 520}, colorScheme: 'light'});
  await page.goto(world.url);
  await page.getByText('Live', {exact: true}).waitFor();
  await page.getByRole('heading', {name: /2 of 6 threads are held/}).waitFor();
  for (const name of [/^worker_a/, /^worker_d/]) await page.getByText(name).first().waitFor();
  await page.getByText(/waited for [2-9] s/).waitFor();
  await page.screenshot({path: process.argv[2]});
} finally {
  await world.close();
}
