package bench;

import java.util.List;

/** A purchase, then one of three times its amount from another country; past the last event, decided as completed. */
public final class EsperP3c extends EsperPeer {
    @Override
    protected String statement() {
        return """
            select * from Event(type='purchase') match_recognize (
              partition by user
              measures a as a, b as b
              after match skip past last row
              pattern (a x*? b)
              define x as x.ts - a.ts < 600000,
                     b as b.ts - a.ts < 600000 and b.amount > 3 * a.amount and b.country != a.country)
            """;
    }

    @Override
    protected List<String> steps() {
        return List.of("a", "b");
    }
}
