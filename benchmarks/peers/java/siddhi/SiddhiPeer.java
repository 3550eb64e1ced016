package bench;

import io.siddhi.core.SiddhiAppRuntime;
import io.siddhi.core.SiddhiManager;
import io.siddhi.core.stream.input.InputHandler;
import io.siddhi.core.stream.output.StreamCallback;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** One Siddhi query, partitioned by user, on a clock of event time: events are put in order before it. */
public abstract class SiddhiPeer implements Peer {
    private static final String APP =
            """
            @app:name('%s') @app:playback
            define stream Event (id long, ts long, user string, type string, amount double, country string);
            partition with (user of Event) begin
            %s
            end;
            """;

    /** The query into the stream `Found`; it selects the ids of the events and the time of the last. */
    protected abstract String query();

    /** Ids of a match in the order of the pattern; elements of a loop that were not bound are null. */
    private static long[] ids(Object[] row) {
        return Arrays.stream(row, 0, row.length - 1)
                .filter(Objects::nonNull)
                .mapToLong(id -> (Long) id)
                .toArray();
    }

    @Override
    public final long pass(Path path, Matches matches) throws Exception {
        SiddhiManager manager = new SiddhiManager();
        SiddhiAppRuntime runtime =
                manager.createSiddhiAppRuntime(APP.formatted("pass" + System.nanoTime(), query()));
        runtime.addCallback("Found", new StreamCallback() {
            @Override
            public void receive(io.siddhi.core.event.Event[] found) {
                for (io.siddhi.core.event.Event match : found) {
                    Object[] row = match.getData();
                    matches.tell((Long) row[row.length - 1], ids(row));
                }
            }
        });
        runtime.start();
        InputHandler input = runtime.getInputHandler("Event");
        long count = Ordered.read(path, matches, event -> {
            try {
                input.send(event.ts, new Object[] {
                    event.id, event.ts, event.user, event.type, event.amount, event.country
                });
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        runtime.shutdown();
        manager.shutdown();
        return count;
    }
}
