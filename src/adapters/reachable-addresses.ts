import { networkInterfaces } from 'node:os'

/** The addresses by which others reach this machine, IPv4 first; none where it has no network. */
export function reachableAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address)
}
