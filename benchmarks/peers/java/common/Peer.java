package bench;

import java.nio.file.Path;

/** An engine with one workload: reads the file from its first line to its last and tells every match. */
public interface Peer {
    /** One whole pass, with an engine set up anew; returns how many events were read. */
    long pass(Path events, Matches matches) throws Exception;
}
