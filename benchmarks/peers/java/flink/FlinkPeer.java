package bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.cep.CEP;
import org.apache.flink.cep.functions.PatternProcessFunction;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/** A Flink job of one task slot: lines of a file, decoded, timed, keyed by user, and matched against one pattern. */
public abstract class FlinkPeer implements Peer {
    private static final Duration LATENESS = Duration.ofSeconds(5);

    /** Whether watermarks follow each event, for the delay of alerts, rather than every 200 ms of the clock. */
    private static final boolean EVERY_EVENT = Boolean.getBoolean("bench.everyEvent");

    /** The job runs in this process, but its functions are serialized on the way: what they share stays outside. */
    private static volatile Matches matches;

    private static volatile long events;

    /** The pattern to be matched; null for the job without it. */
    protected abstract Pattern<Event, Event> pattern();

    @Override
    public final long pass(Path path, Matches told) throws Exception {
        matches = told;
        StreamExecutionEnvironment job = StreamExecutionEnvironment.getExecutionEnvironment();
        job.setParallelism(1);
        job.getConfig().enableObjectReuse();
        FileSource<String> lines =
                FileSource.forRecordStreamFormat(
                                new TextLineInputFormat(), new org.apache.flink.core.fs.Path(path.toUri()))
                        .build();
        SingleOutputStreamOperator<Event> timed =
                job.fromSource(lines, WatermarkStrategy.noWatermarks(), "lines")
                        .map(new Decode())
                        .assignTimestampsAndWatermarks(watermarks());
        Pattern<Event, Event> pattern = pattern();
        if (pattern == null) {
            timed.sinkTo(new DiscardingSink<>());
        } else {
            CEP.pattern(keyed(timed), pattern)
                    .process(new Tell())
                    .sinkTo(new DiscardingSink<>());
        }
        job.execute();
        return events;
    }

    /** By user; for the delay of alerts in one task with the reader, so that none runs ahead of the other. */
    private static KeyedStream<Event, String> keyed(SingleOutputStreamOperator<Event> timed) {
        return EVERY_EVENT
                ? DataStreamUtils.reinterpretAsKeyedStream(timed, event -> event.user)
                : timed.keyBy(event -> event.user);
    }

    private static WatermarkStrategy<Event> watermarks() {
        WatermarkStrategy<Event> strategy =
                EVERY_EVENT
                        ? WatermarkStrategy.forGenerator(context -> new EachEvent())
                        : WatermarkStrategy.forBoundedOutOfOrderness(LATENESS);
        return strategy.withTimestampAssigner((event, before) -> event.ts);
    }

    private static final class EachEvent implements WatermarkGenerator<Event> {
        private long latest = Long.MIN_VALUE;

        @Override
        public void onEvent(Event event, long time, WatermarkOutput output) {
            if (time > latest) {
                latest = time;
                output.emitWatermark(new Watermark(latest - LATENESS.toMillis() - 1));
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }

    private static final class Decode extends RichMapFunction<String, Event> {
        private transient Decoder decoder;
        private long count;
        private long latest = Long.MIN_VALUE;

        @Override
        public void open(OpenContext context) {
            decoder = new Decoder();
        }

        @Override
        public Event map(String line) {
            Event event = decoder.decode(line);
            count++;
            if (event.ts > latest) {
                latest = event.ts;
                matches.read = latest;
            }
            return event;
        }

        @Override
        public void close() {
            events = count;
        }
    }

    private static final class Tell extends PatternProcessFunction<Event, Integer> {
        @Override
        public void processMatch(Map<String, List<Event>> match, Context context, Collector<Integer> out) {
            matches.tell(match.values().stream().flatMap(List::stream).toArray(Event[]::new));
        }
    }
}
