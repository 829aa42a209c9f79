/*
 * A database that answers queries in one process, for tests/bench/peers.
 *
 *     node peers.js duckdb|clickhouse THREADS
 *
 * Each line of standard input is a query, each line of standard output its
 * answer: {"rows", "wall_s", "cpu_s", "peak_kib"}.
 */

'use strict';

const readline = require('node:readline');
const { createRequire } = require('node:module');

const load = createRequire(process.cwd() + '/');


async function duckdb(threads) {
    const { DuckDBInstance } = load('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:',
                                                 { threads: String(threads) });
    const connection = await instance.connect();

    return async (sql) => {
        const rows = await (await connection.runAndReadAll(sql)).getRows();
        return rows.map((row) => row.map((v) => String(v)));
    };
}


async function clickhouse(threads) {
    const { Session } = load('chdb');
    const session = new Session();

    process.on('exit', () => session.close());

    return async (sql) => {
        const text = session.query(`${sql} SETTINGS max_threads = ${threads}`,
                                   'JSONCompact');
        return JSON.parse(text).data.map((row) => row.map((v) => String(v)));
    };
}


async function main() {
    const [name, threads] = process.argv.slice(2);
    const run = await (name === 'duckdb' ? duckdb : clickhouse)(threads);

    for await (const sql of readline.createInterface({ input: process.stdin }))
    {
        const cpu = process.cpuUsage();
        const start = process.hrtime.bigint();
        const rows = await run(sql);
        const wall = process.hrtime.bigint() - start;
        const used = process.cpuUsage(cpu);

        console.log(JSON.stringify({
            rows,
            wall_s: Number(wall) / 1e9,
            cpu_s: (used.user + used.system) / 1e6,
            peak_kib: process.resourceUsage().maxRSS,
        }));
    }

    process.exit(0);
}


main().catch((e) => {
    console.error(e);
    process.exit(1);
});
