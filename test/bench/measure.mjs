import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Runs a command to its end.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ exitCode: number | null, seconds: number, peakMegabytes: number, stdout: string, stderr: string }>} peak resident memory of the process itself, without its children
 */
export function measure(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const text = { stdout: '', stderr: '' }
    child.stdout?.on('data', (data) => (text.stdout += data))
    child.stderr?.on('data', (data) => (text.stderr += data))
    let peak = 0
    const timer = setInterval(() => (peak = Math.max(peak, readPeak(child.pid))), 20)
    child.on('error', reject)
    child.on('close', (exitCode) => {
      clearInterval(timer)
      resolve({ exitCode, seconds: (performance.now() - start) / 1000, peakMegabytes: peak, ...text })
    })
  })
}

/** @param {number | undefined} pid */
function readPeak(pid) {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  } catch {
    return 0
  }
}

/** The middle one of several runs of the same thing. @param {number[]} values */
export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Prints a table. @param {readonly (readonly string[])[]} rows */
export function printTable(rows) {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
}
