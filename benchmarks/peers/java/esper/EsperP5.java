package bench;

import java.util.List;

/** Three purchases above 900 in all combinations, within a minute. */
public final class EsperP5 extends EsperPeer {
    @Override
    protected String statement() {
        return """
            select a, b, c from pattern [
              every a=Event(type='purchase', amount > 900)
                -> ((every b=Event(type='purchase', amount > 900, user=a.user)
                     -> every c=Event(type='purchase', amount > 900, user=a.user)) where timer:within(60 sec))]
            """;
    }

    @Override
    protected List<String> steps() {
        return List.of("a", "b", "c");
    }
}
