// What a machine says about its processes; each system answers it in a file of its own. A process is its pid together with
// its start time. What is found by its environment was put there by us: the value of a marker is unique to what it was
// given to.

export interface Process {
  readonly pid: number;
  /** Text that is compared only for equality. */
  readonly startTime: string;
  readonly group: number;
}

/** A variable of the environment that a process and all its descendants carry. */
export interface Marker {
  readonly name: string;
  readonly value: string;
}

export interface Carrier extends Process {
  /** The value that it carries. */
  readonly marker: string;
  /** Resident, in bytes; what several processes share is counted for each. */
  readonly memory: number;
}

export interface Scan {
  readonly carriers: readonly Carrier[];
  /** False when somebody was seen in the middle of `exec`, who shows no environment then: look again in a moment. */
  readonly settled: boolean;
}

export interface Processes {
  /** The same after every restart; null where the machine has none. */
  machineId(): string | null;
  /** Changes with every start of the machine. */
  bootId(): string;
  /** The PID namespace of this process: processes of another one are not seen, or under other numbers. Null: there is but one. */
  namespace(): string | null;
  /** null: no such process, or only a zombie is left of it. */
  look(pid: number): Process | null;
  /** The process that has this pid in another PID namespace; null where none is seen from here, or only a zombie. */
  lookWithin(given: { readonly namespace: string; readonly pid: number }): Process | null;
  /** Every live process, this one excepted, that carries this marker, with any value when that is null. */
  carriers(marker: { readonly name: Marker['name']; readonly value: Marker['value'] | null }): Scan;
  /** Every live process in the group, whatever it carries; this one never. */
  members(group: number): readonly Process[];
}
