package bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/**
 * Runs one workload of one peer in passes over the same file, and prints a JSON line for each: the first pass is cold,
 * the later ones are warm. CPU seconds are those of the process, its compiler and collector included.
 *
 * <p>Arguments: class of the workload, file of events, file for the matches of the last pass, number of passes.
 */
public final class Harness {
    private Harness() {}

    public static void main(String[] args) throws Exception {
        Peer peer = (Peer) Class.forName("bench." + args[0]).getDeclaredConstructor().newInstance();
        int passes = Integer.parseInt(args[3]);
        for (int pass = 1; pass <= passes; pass++) {
            measure(peer, Path.of(args[1]), Path.of(args[2]), pass);
        }
        // Engines leave threads behind that would keep the process alive.
        System.exit(0);
    }

    private static void measure(Peer peer, Path events, Path found, int pass) throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begun = System.nanoTime();
        long clock = System.currentTimeMillis();
        long count;
        long number;
        long firstAt;
        try (Matches matches = new Matches(found)) {
            count = peer.pass(events, matches);
            number = matches.number();
            firstAt = matches.firstAt();
        }
        double spent = (system.getProcessCpuTime() - cpu) / 1e9;
        double wall = (System.nanoTime() - begun) / 1e9;
        double total = system.getProcessCpuTime() / 1e9;
        // Seconds since the process was begun, as whoever began it says; warm: since the pass was begun.
        double before = pass == 1 ? (clock - Long.getLong("bench.begun", clock)) / 1e3 : 0;
        String first = number == 0 ? "null" : String.valueOf(before + (firstAt - begun) / 1e9);
        System.out.printf(
            "{\"pass\":%d,\"events\":%d,\"matches\":%d,\"cpu\":%.4f,\"wall\":%.4f,\"total_cpu\":%.4f,\"first\":%s}%n",
            pass, count, number, spent, wall, total, first);
        System.out.flush();
    }
}
