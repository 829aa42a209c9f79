/* The lists themselves: which pattern of them first matches each agent?
 *
 *     node bots.mjs FOLDER < agents.json > [list, pattern] or null of each
 *
 * Agents come as Latin-1, a character a byte, as a server sees headers.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const folder = process.argv[2];
const crawlers = JSON.parse(readFileSync(
    `${folder}/crawler-user-agents/crawler-user-agents.json`, 'utf8'));
const isbot = createRequire(folder + '/')('isbot');

const lists = [
    ['crawler-user-agents', crawlers.map((c) => c.pattern), ''],
    ['isbot', isbot.list, 'i'],
].map(([name, patterns, flags]) => [
    name, patterns.map((p) => [p, new RegExp(p, flags)])]);

function first(agent) {
    for (const [name, patterns] of lists) {
        const found = patterns.find(([, regex]) => regex.test(agent));

        if (found !== undefined) {
            return [name, found[0]];
        }
    }

    return null;
}

const agents = JSON.parse(readFileSync(0, 'utf8'));
const answers = agents.map(first);

for (const [i, answer] of answers.entries()) {
    if ((answer !== null && answer[0] === 'isbot')
        !== (isbot.isbot(agents[i])
             && (answer === null || answer[0] === 'isbot')))
    {
        throw new Error(`isbot and its patterns disagree: ${agents[i]}`);
    }
}

process.stdout.write(JSON.stringify(answers));
